import { createRoot } from 'react-dom/client'
import './styles.css'

const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<p>hello</p>)
